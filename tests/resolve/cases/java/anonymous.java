// path: Anonymous.java
abstract class Reader<T> {
    abstract T read(String text);
    Reader<T> safe() { return this; }
    void reset() {}
}

interface Factory {
    Reader<Integer> create();
}

class Anonymous {
    static final Reader<Integer> NUMBERS = new Reader<Integer>() { // calls: ::Reader; inherits: ::Reader
        @Override Integer read(String text) { // overrides: ::Reader.read
            reset(); // calls: ::Reader.reset
            return parse(text); // calls: ::Anonymous.parse
        }
    }.safe(); // calls: ::Reader.safe

    static Integer parse(String text) { return 1; }
    void reset() {}

    Factory factory(int offset) {
        return new Factory() { // calls: ::Factory; inherits: ::Factory; implements: ::Factory
            int count = offset;

            @Override public Reader<Integer> create() { // implements: ::Factory.create
                tick(); // calls: ::Anonymous.factory.tick
                reset(); // calls: ::Anonymous.reset
                NUMBERS.read("x"); // calls: ::Reader.read
                return NUMBERS;
            }

            private void tick() {}
        };
    }

    void direct() {
        new Object() { void hello() {} }.hello(); // calls: ::Anonymous.direct.hello
        var local = new Reader<Anonymous>() { // calls: ::Reader
            Anonymous read(String text) { return Anonymous.this; }
            void extra() {}
        };
        local.extra(); // calls: ::Anonymous.direct.extra
        local.read("x").direct(); // calls: ::Anonymous.direct.read, ::Anonymous.direct
    }
}
