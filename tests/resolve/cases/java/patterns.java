// path: Patterns.java
import java.io.IOException;

class Node {
    Node child() { return null; }
    void visit() {}
}

class Leaf extends Node {
    void pick() {}
}

record Edge(Node from, Leaf to) {}

class Failure extends Exception {
    void report() {}
}

class Resource implements AutoCloseable {
    public void close() {}
    void read() throws Failure, IOException {}
}

class Patterns {
    Object run(Object thing, Node node) {
        if (thing instanceof Leaf leaf && leaf.child() != null) { // calls: ::Node.child
            leaf.pick(); // calls: ::Leaf.pick [exact]
        }
        if (!(thing instanceof Node other)) {
            return null;
        }
        other.visit(); // calls: ::Node.visit
        if (node instanceof Leaf) {
            node.visit(); // calls: ::Node.visit
            ((Leaf) node).pick(); // calls: ::Leaf.pick
        }
        if (thing instanceof Edge(Node from, var to)) {
            from.visit(); // calls: ::Node.visit
            to.pick(); // calls: ::Leaf.pick
        }
        try (Resource resource = new Resource(); var second = new Resource()) { // calls: ::Resource
            resource.read(); // calls: ::Resource.read
            second.read(); // calls: ::Resource.read
        } catch (Failure | IOException failure) {
            failure.printStackTrace(); // calls: external:java.io.IOException.printStackTrace, external:java.lang.Exception.printStackTrace
        } catch (RuntimeException e) {
            e.getMessage(); // calls: external:java.lang.RuntimeException.getMessage
        }
        Node chosen = thing == null ? node : node.child(); // calls: ::Node.child
        var picked = switch (thing) {
            case Leaf leaf -> leaf;
            case Node plain when plain.child() == null -> { // calls: ::Node.child
                plain.visit(); // calls: ::Node.visit
                yield plain.child(); // calls: ::Node.child
            }
            default -> new Leaf(); // calls: ::Leaf
        };
        picked.visit(); // calls: ::Node.visit
        String text = """
            node.visit();
            """;
        return text.strip(); // calls: external:java.lang.String.strip
    }
}
