// path: Url.java
class Url {
    String show() { return ""; }
}
// path: Adapters.java
class Adapters {
    // a field may be called like a type, and like a method
    static final Adapter<Url> Url = new Adapter<Url>();
    int count;

    int count() { return count; } // references: ::Adapters.count

    void write(Url Url) {
        Url.show(); // calls: Url.java::Url.show [exact]
    }

    void all(Url url) {
        Url.adapt(url); // calls: ::Adapter.adapt
        url.show(); // calls: Url.java::Url.show
        count(); // calls: ::Adapters.count~2
    }
}

class Adapter<T> {
    void adapt(T value) {}
}
