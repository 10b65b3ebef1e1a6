// path: src/main/java/shop/Order.java
package shop;

import java.util.List;
import static java.lang.Math.max;
import shop.money.Price; // imports: src/main/java/shop/money/Price.java::Price
import shop.util.*;
import static shop.util.Text.clean; // imports: src/main/java/shop/util/Text.java::Text, src/main/java/shop/util/Text.java::Text.clean
import static shop.util.Numbers.*;
import shop.util.Outer.Inner; // imports: src/main/java/shop/util/Outer.java::Outer.Inner, src/main/java/shop/util/Outer.java::Outer
import org.vendor.Client; // imports: external:org.vendor.Client

class Order {
    void run(List<String> names, Client client) {
        Price.of(1); // calls: src/main/java/shop/money/Price.java::Price.of [exact]
        clean("x"); // calls: src/main/java/shop/util/Text.java::Text.clean [exact]
        twice(2); // calls: src/main/java/shop/util/Numbers.java::Numbers.twice [exact]
        new Helper().help(); // calls: src/main/java/shop/util/Helper.java::Helper, src/main/java/shop/util/Helper.java::Helper.help
        new Inner().go(); // calls: src/main/java/shop/util/Outer.java::Outer.Inner, src/main/java/shop/util/Outer.java::Outer.Inner.go
        Neighbour.greet(); // calls: src/main/java/shop/Neighbour.java::Neighbour.greet [exact]
        shop.money.Price.of(2); // calls: src/main/java/shop/money/Price.java::Price.of
        names.add("x"); // calls: external:java.util.List.add
        max(1, 2); // calls: external:java.lang.Math.max
        client.help(); // calls: external:org.vendor.Client.help
        new Missing().help(); // calls: external:shop.Missing, external:shop.Missing.help
        int limit = LIMIT; // references: src/main/java/shop/util/Numbers.java::Numbers.LIMIT
    }
}
// path: src/main/java/shop/Neighbour.java
package shop;

class Neighbour {
    static void greet() {}
}
// path: src/main/java/shop/money/Price.java
package shop.money;

public class Price {
    public static Price of(int cents) { return new Price(); } // calls: ::Price
}
// path: src/main/java/shop/util/Text.java
package shop.util;

public class Text {
    public static String clean(String text) { return text.trim(); } // calls: external:java.lang.String.trim
    void trim() {}
}
// path: src/main/java/shop/util/Numbers.java
package shop.util;

public class Numbers {
    public static final int LIMIT = 3;
    public static int twice(int n) { return n + n; }
}
// path: src/main/java/shop/util/Helper.java
package shop.util;

public class Helper {
    public void help() {}
}
// path: src/main/java/shop/util/Outer.java
package shop.util;

public class Outer {
    public static class Inner {
        public void go() {}
    }
}
