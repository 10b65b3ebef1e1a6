// path: app/src/main/java/a/Tool.java
package a;

class Tool {
    static void use() { Part.make(); } // calls: app/src/main/java/a/Part.java::Part.make
}
// path: app/src/main/java/a/Part.java
package a;

class Part {
    static void make() {}
}
// path: lib/src/main/java/a/Part.java
package a;

class Part {
    static void make() {}
}
// path: lib/src/main/java/a/Other.java
package a;

class Other {
    static void use() { Part.make(); } // calls: lib/src/main/java/a/Part.java::Part.make
}
// path: app/src/test/java/a/ToolTest.java
package a;

class ToolTest {
    void uses() { Tool.use(); } // calls: app/src/main/java/a/Tool.java::Tool.use
}
