// path: Generics.java
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

class Item {
    void use() {}
    Item copy() { return this; }
}

class Box<T> {
    T value;
    T get() { return value; }
    <R> Box<R> map(Function<? super T, ? extends R> f) { return null; }
    static <E> Box<E> of(E value) { return new Box<>(); } // calls: ::Box
    Box<T> self() { return this; }
}

class ItemBox extends Box<Item> {
    void run() {
        get().use(); // calls: ::Box.get, ::Item.use
        value.use(); // calls: ::Item.use
    }
}

class Bounded<T extends Item> {
    void run(T item, List<? extends Item> items) {
        item.use(); // calls: ::Item.use
        items.get(0).use(); // calls: ::Item.use
    }
}

abstract class Check<SELF extends Check<SELF, V>, V> {
    SELF isSet() { return null; }
    V value() { return null; }
}

class ItemCheck extends Check<ItemCheck, Item> {
    ItemCheck extra() { return isSet().extra(); } // calls: ::Check.isSet, ::ItemCheck.extra
}

class Generics {
    void wild(Check<?, ? extends Item> check, ItemCheck items) {
        check.isSet().isSet().value(); // calls: ::Check.isSet, ::Check.value
        check.isSet().value().use(); // gap calls: ::Check.isSet, ::Check.value, ::Item.use
        items.isSet().extra().value().use(); // calls: ::Check.isSet, ::ItemCheck.extra, ::Check.value, ::Item.use
    }

    <T extends Item> T pick(T item) { return item; }
    <T> T make(Class<T> type) { return null; }
    <T> T any() { return null; }
    void consume(List<Item> items, java.util.function.Consumer<Item> use) {}
    <T extends Item> void consumeAny(T item, java.util.function.Consumer<T> use) {}
    <T> T first(Iterable<? extends T> items) { return null; }

    void run(Box<Item> box, ItemBox items, List<Item> list, Map<String, List<Item>> map, Optional<Item> maybe) {
        box.get().use(); // calls: ::Box.get, ::Item.use
        box.value.use(); // calls: ::Item.use
        box.self().self().get().use(); // calls: ::Box.self, ::Box.get, ::Item.use
        items.get().use(); // calls: ::Box.get, ::Item.use
        list.get(0).use(); // calls: ::Item.use
        map.get("x").get(0).use(); // calls: ::Item.use
        for (Map.Entry<String, List<Item>> entry : map.entrySet()) {
            entry.getValue().iterator().next().use(); // calls: ::Item.use
        }
        for (var entry : map.entrySet()) {
            entry.getValue().get(0).use(); // calls: ::Item.use
        }
        maybe.get().use(); // calls: ::Item.use
        Box.of(new Item()).get().use(); // calls: ::Box.of, ::Box.get, ::Item, ::Item.use
        pick(list.get(0)).use(); // calls: ::Generics.pick, ::Item.use
        make(Item.class).use(); // calls: ::Generics.make, ::Item.use
        first(list).use(); // calls: ::Generics.first, ::Item.use
        var copies = new ArrayList<Item>(list);
        copies.get(0).copy().use(); // calls: ::Item.copy, ::Item.use
        Item[] array = list.toArray(new Item[0]);
        array[0].use(); // calls: ::Item.use
        array.clone()[1].use(); // calls: ::Item.use
        new HashMap<String, Item>().get("x").use(); // calls: ::Item.use
        list.use(); // calls: external:java.util.List.use
        this.<Item>any().use(); // calls: ::Generics.any, ::Item.use
        java.util.Collections.<Item>emptyList().get(0).use(); // calls: ::Item.use
        List<Item> typed = java.util.Collections.emptyList();
        consume(java.util.Collections.emptyList(), item -> item.use()); // calls: ::Generics.consume, ::Item.use
        consumeAny(any(), item -> item.use()); // gap calls: ::Generics.any, ::Generics.consumeAny, ::Item.use
    }
}
