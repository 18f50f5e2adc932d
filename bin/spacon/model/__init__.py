"""The model: two graph-attention encoders and a decoder, trained by sampled steps and applied exactly."""
