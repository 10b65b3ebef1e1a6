package shop;

import java.util.List;
import java.util.function.Function;

public class Stock extends Store implements Counted {
    private final List<Shelf> shelves;

    public Stock(List<Shelf> shelves) {
        this.shelves = shelves;
    }

    @Override
    public int count() {
        int sum = base();
        for (Shelf shelf : shelves) {
            sum += shelf.count();
        }
        return sum;
    }

    static Function<Shelf, Integer> counter() {
        return Shelf::count;
    }

    record Shelf(String name, int pieces) implements Counted {
        public int count() {
            return pieces;
        }
    }
}
