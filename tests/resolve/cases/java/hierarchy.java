// path: Hierarchy.java
import java.util.AbstractList;
import java.util.Comparator;

interface Named {
    String name();
    default String label() { return name(); } // calls: ::Named.name
}

interface Greeter extends Named { // inherits: ::Named
    default void greet() {}
}

abstract class Animal implements Named { // inherits: ::Named; implements: ::Named
    abstract void speak();
    void eat() { speak(); } // calls: ::Animal.speak [exact]
    static Animal any() { return null; }
    private void secret() {}
    public String toString() { return super.toString(); } // calls: external:java.lang.Object.toString
}

class Dog extends Animal implements Greeter { // inherits: ::Animal, ::Greeter
    @Override void speak() {} // overrides: ::Animal.speak
    @Override public String name() { return "dog"; } // implements: ::Named.name
    void speak(int times) {} // overrides: nothing
    void secret() {} // overrides: nothing
    @Override public void greet() { Greeter.super.greet(); } // implements: ::Greeter.greet; calls: ::Greeter.greet
    @Override void eat() { super.eat(); } // calls: ::Animal.eat; overrides: ::Animal.eat
}

class Puppy extends Dog {
    @Override void speak() {} // overrides: ::Dog.speak
}

class Lengths implements Comparator<Dog> {
    public int compare(Dog a, Dog b) { return 0; }
}

class Dogs extends AbstractList<Dog> {
    public Dog get(int at) { return null; }
    public int size() { return 0; }
    void run() {
        add(null); // calls: external:java.util.AbstractList.add
        get(0).greet(); // calls: ::Dogs.get, ::Dog.greet
        for (var dog : this) {
            dog.greet(); // calls: ::Dog.greet
        }
    }
}

class Calls {
    void run(Animal animal, Dog dog, Named named) {
        animal.speak(); // calls: ::Animal.speak [exact]
        dog.label(); // calls: ::Named.label [inferred]
        dog.eat(); // calls: ::Dog.eat
        named.name(); // calls: ::Named.name
        Dog.any().eat(); // calls: ::Animal.any, ::Animal.eat
        dog.hashCode(); // calls: external:java.lang.Object.hashCode
        dog.getClass().getName(); // calls: external:java.lang.Class.getName, external:java.lang.Object.getClass
    }
}
