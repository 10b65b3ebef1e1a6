package shop;

abstract class Store {
    protected int base() {
        return 0;
    }
}

interface Counted {
    int count();
}
