// path: Lambdas.java
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.*;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class Task {
    String title() { return ""; }
    Task parent() { return this; }
    static Task parse(String text) { return new Task(); } // calls: ::Task
    void done() {}
}

interface Handler<T> {
    void handle(T value, int code);
    default void stop() {}
}

class Lambdas {
    Handler<Task> field = (task, code) -> task.done(); // calls: ::Task.done
    Runnable later = () -> help(); // calls: ::Lambdas.help

    void help() {}
    void on(Handler<Task> handler) { handler.handle(new Task(), 1); } // calls: ::Handler.handle, ::Task
    <T> T with(Supplier<T> maker) { return maker.get(); } // calls: external:java.util.function.Supplier.get
    Function<Task, Task> chain() { return task -> task.parent(); } // calls: ::Task.parent

    void run(List<Task> tasks, Map<String, Task> byName, Optional<Task> maybe) {
        on((task, code) -> task.done()); // calls: ::Lambdas.on, ::Task.done
        on((task, code) -> { // calls: ::Lambdas.on
            help(); // calls: ::Lambdas.help
            task.parent().done(); // calls: ::Task.parent, ::Task.done
        });
        tasks.forEach(task -> task.done()); // calls: ::Task.done
        tasks.stream().filter(task -> task.title().isEmpty()).map(task -> task.parent()).forEach(t -> t.done()); // calls: ::Task.title, ::Task.parent, ::Task.done
        tasks.stream().map(Task::parent).findFirst().get().done(); // calls: ::Task.done; references: ::Task.parent
        Stream.of("a").map(Task::parse).forEach(Task::done); // calls: nothing; references: ::Task.parse, ::Task.done
        tasks.stream().map(task -> task.title()).map(Task::parse).forEach(t -> t.done()); // calls: ::Task.title, ::Task.done
        byName.forEach((name, task) -> task.done()); // calls: ::Task.done
        byName.computeIfAbsent("x", Task::parse).done(); // calls: ::Task.done; references: ::Task.parse
        maybe.map(t -> t.parent()).orElse(null).done(); // calls: ::Task.parent, ::Task.done
        maybe.ifPresent(this::accept); // references: ::Lambdas.accept
        with(() -> new Task()).done(); // calls: ::Lambdas.with, ::Task, ::Task.done
        with(Task::new).done(); // calls: ::Lambdas.with, ::Task.done; references: ::Task
        BiFunction<Task, Task, Task> pick = (a, b) -> a.parent(); // calls: ::Task.parent
        pick.apply(null, null).done(); // calls: ::Task.done
        Consumer<Task> sink = (Consumer<Task>) t -> t.done(); // calls: ::Task.done
        chain().apply(tasks.get(0)).done(); // calls: ::Lambdas.chain, ::Task.done
        tasks.sort((a, b) -> a.title().compareTo(b.title())); // calls: ::Task.title
        tasks.stream().collect(Collectors.toList()).get(0).done(); // calls: ::Task.done
        tasks.stream().collect(Collectors.groupingBy(t -> t.title())).get("x").get(0).done(); // calls: ::Task.title, ::Task.done
    }

    void accept(Task task) {}
}
