// path: Scopes.java
class Scopes {
    String size;
    Scopes next;

    int size() { return 1; }
    void help() {}
    static void shared() {}

    class Inner {
        Scopes next = Scopes.this.next;

        void run() {
            help(); // calls: ::Scopes.help [exact]
            size(); // calls: ::Scopes.size~2
            Scopes.this.size(); // calls: ::Scopes.size~2
            next.help(); // calls: ::Scopes.help
            mine(); // calls: ::Scopes.Inner.mine
        }

        void mine() {}

        class Deepest {
            void run() {
                mine(); // calls: ::Scopes.Inner.mine
                shared(); // calls: ::Scopes.shared
            }
        }
    }

    static class Nested {
        void help() {}

        void run(Scopes size) {
            help(); // calls: ::Scopes.Nested.help
            size.size(); // calls: ::Scopes.size~2
            size.size.length(); // calls: external:java.lang.String.length
        }
    }

    void locals() {
        class Local {
            void help() {}
            void run() { help(); } // calls: ::Scopes.locals.Local.help
        }
        Local local = new Local(); // calls: ::Scopes.locals.Local
        local.run(); // calls: ::Scopes.locals.Local.run
        for (int at = 0; at < 3; at++) {
            Nested help = new Nested(); // calls: ::Scopes.Nested
            help.run(this); // calls: ::Scopes.Nested.run [exact]
        }
        { Inner help = new Inner(); help.mine(); } // calls: ::Scopes.Inner, ::Scopes.Inner.mine
        this.new Inner().mine(); // calls: ::Scopes.Inner, ::Scopes.Inner.mine
    }

    static {
        shared(); // calls: ::Scopes.shared
    }
}
