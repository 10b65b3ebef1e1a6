// path: Overloads.java
import java.util.Collection;
import java.util.List;

class Shape {}

class Circle extends Shape {}

class Overloads {
    void put(int n) {}
    void put(long n) {}
    void put(double n) {}
    void put(String s) {}
    void put(Object o) {}
    void put(Shape s) {}
    void put(int a, int b) {}
    void put(int a, int... rest) {}
    void put(char c) {}

    void calls(Shape shape, Circle circle, byte small, List<String> list, Integer boxed, String text) {
        put(1); // calls: ::Overloads.put [exact]
        put(1L); // calls: ::Overloads.put~2 [exact]
        put(1.5f); // calls: ::Overloads.put~3
        put("x"); // calls: ::Overloads.put~4
        put("x" + 1); // calls: ::Overloads.put~4
        put(list); // calls: ::Overloads.put~5
        put(circle); // calls: ::Overloads.put~6
        put(1, 2); // calls: ::Overloads.put~7
        put(1, 2, 3); // calls: ::Overloads.put~8
        put('c'); // calls: ::Overloads.put~9
        put(small); // calls: ::Overloads.put
        put((Object) circle); // calls: ::Overloads.put~5
        put(small + 1L); // calls: ::Overloads.put~2
        put(text.length()); // calls: ::Overloads.put
        put(text == null ? null : text.trim()); // calls: ::Overloads.put~4, external:java.lang.String.trim
        put(Math.max(1, 2)); // calls: ::Overloads.put
        put(new int[0].length); // calls: ::Overloads.put
    }

    void box(Object o) {}
    void box(long n) {}

    void boxing(Integer boxed, int plain) {
        box(boxed); // calls: ::Overloads.box
        box(plain); // calls: ::Overloads.box~2
    }

    void add(Object one) {}
    void add(Object... many) {}
    void add(Collection<?> all) {}

    void arrays(String[] texts, List<String> list, Object one) {
        add(texts); // calls: ::Overloads.add~2
        add(list); // calls: ::Overloads.add~3
        add(one); // calls: ::Overloads.add
        add(one, one); // calls: ::Overloads.add~2
    }
}

class More extends Overloads {
    void box(String s) {}

    void run(More other, Library unknown) {
        box("x"); // calls: ::More.box
        box(1); // calls: ::Overloads.box~2
        other.box(other); // calls: ::Overloads.box [inferred]
        box(unknown.find()); // calls: ::More.box
    }
}
