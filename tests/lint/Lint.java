// Reads .nf and .config files with the strict parser of newer Nextflow, which 24.10 does not have, and prints what it
// finds, one line each: java -cp "PARSER/*" Lint.java FILE... ; exit status 1 if that is anything.

import java.io.File;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import nextflow.config.control.ConfigParser;
import nextflow.script.control.ParanoidWarning;
import nextflow.script.control.ScriptParser;
import org.codehaus.groovy.control.SourceUnit;
import org.codehaus.groovy.control.messages.ExceptionMessage;
import org.codehaus.groovy.control.messages.Message;
import org.codehaus.groovy.control.messages.SyntaxErrorMessage;

public class Lint {
    public static void main(String[] names) {
        var scripts = new ScriptParser();
        var settings = new ConfigParser();
        for (var name : names) {
            if (name.endsWith(".nf")) scripts.parse(new File(name));
            else settings.parse(new File(name));
        }
        scripts.analyze(); // not the settings: their analysis does not know a task's own variables
        var found = Stream.of(scripts.compiler(), settings.compiler())
            .flatMap(compiler -> compiler.getSources().values().stream()).flatMap(Lint::findings).sorted().toList();
        found.forEach(System.out::println);
        System.exit(found.isEmpty() ? 0 : 1);
    }

    static Stream<String> findings(SourceUnit source) {
        var collector = source.getErrorCollector();
        var errors = all(collector.getErrors()).map(Lint::words);
        var warnings = all(collector.getWarnings()).filter(warning -> !(warning instanceof ParanoidWarning))
            .map(warning -> warning.getContext().getStartLine() + ": " + warning.getMessage());
        return Stream.concat(errors, warnings).map(words -> source.getName() + ":" + words);
    }

    static <T> Stream<T> all(List<? extends T> found) {
        return Stream.ofNullable(found).flatMap(Collection::stream);
    }

    static String words(Message message) {
        if (message instanceof SyntaxErrorMessage error)
            return error.getCause().getStartLine() + ": " + error.getCause().getOriginalMessage();
        return ((ExceptionMessage) message).getCause().toString();
    }
}
