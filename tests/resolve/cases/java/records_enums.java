// path: Values.java
import java.util.Arrays;

record Point(int x, Point next) {
    Point { check(x); } // calls: ::Point.check
    static void check(int x) {}
    public Point next() { return next; } // references: ::Point.next
    int twice() { return x() + x; } // calls: ::Point.x
}

record Pair<A, B>(A first, B second) {}

enum Level {
    LOW, // calls: ::Level.Level
    HIGH(2) { // calls: ::Level.Level~2; inherits: ::Level
        @Override int weight() { return base() + 1; } // calls: ::Level.base~2; overrides: ::Level.weight
    };

    final int base;

    Level() { this(1); } // calls: ::Level.Level~2
    Level(int base) { this.base = base; }
    int base() { return base; }
    int weight() { return 1; }
    static Level first() { return values()[0]; }
}

class Values {
    void run(Point point, Level level, Pair<Point, Level> pair) {
        point.x(); // calls: ::Point.x
        point.next().x(); // calls: ::Point.next~2, ::Point.x
        new Point(1, null); // calls: ::Point.Point
        new Pair<>(point, level).first().x(); // calls: ::Pair, ::Pair.first, ::Point.x
        pair.second().weight(); // calls: ::Pair.second, ::Level.weight
        Level.HIGH.weight(); // calls: ::Level.weight; references: ::Level.HIGH
        Level.valueOf("LOW").weight(); // calls: ::Level.weight
        for (Level each : Level.values()) {
            each.base(); // calls: ::Level.base~2
        }
        Arrays.stream(Level.values()).forEach(each -> each.base()); // calls: ::Level.base~2
        level.name().length(); // calls: external:java.lang.Enum.name, external:java.lang.String.length
        level.ordinal(); // calls: external:java.lang.Enum.ordinal
        switch (level) {
            case LOW: // references: ::Level.LOW
                break;
            default:
        }
    }
}
