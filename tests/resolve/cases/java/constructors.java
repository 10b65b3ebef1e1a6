// path: Constructors.java
class Base {
    final int size;

    Base(int size) { this.size = size; }
    Base(String name) { this(name.length()); } // calls: ::Base.Base [exact]
}

class Derived extends Base {
    Derived() { super(1); } // calls: ::Base.Base
    Derived(String name) { super(name); } // calls: ::Base.Base~2
}

class Plain {
    Plain() {}
}

class Silent extends Plain { // calls: ::Plain.Plain; inherits: ::Plain
}

class Spoken extends Plain {
    Spoken() { // calls: ::Plain.Plain
    }
}

class Bare {}

class Maker {
    Bare bare = new Bare(); // calls: ::Bare

    void make() {
        new Derived(); // calls: ::Derived.Derived [exact]
        new Derived("x"); // calls: ::Derived.Derived~2 [exact]
        new Silent(); // calls: ::Silent
        new Bare(); // calls: ::Bare [exact]
        new Base(3) { }; // calls: ::Base.Base; inherits: ::Base
        Bare[] many = new Bare[3]; // calls: nothing
        new java.util.ArrayList<Bare>().add(bare); // calls: external:java.util.ArrayList, external:java.util.ArrayList.add
    }
}
