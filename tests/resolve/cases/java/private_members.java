// path: a/Base.java
package a;

public class Base {
    private static boolean empty(Object o) { return true; }
    private int hidden() { return 1; }
    protected void shown() {
        hidden(); // calls: ::Base.hidden
    }

    static class Inside extends Base {
        void run() {
            hidden(); // calls: ::Base.hidden
        }
    }
}
// path: a/Tools.java
package a;

public class Tools {
    public static boolean empty(Object o) { return false; }
}
// path: b/Derived.java
package b;

import static a.Tools.empty;
import a.Base;

class Derived extends Base {
    void run() {
        empty(this); // calls: a/Tools.java::Tools.empty
        shown(); // calls: a/Base.java::Base.shown [inferred]
    }
}
