// path: Annotations.java
@interface Marker { // decorates: nothing
    String value() default "";
    Class<?> type() default Object.class;
}

class Names {
    static final String MAIN = "main";
}

@Marker(Names.MAIN) // references: ::Names.MAIN, ::Names
class Marked { // decorates: nothing
    @Marker(type = Names.class) // decorates: ::Marked.field; references: ::Names
    String field;

    @Marker // decorates: ::Marked.run
    void run(@Marker Names names) { // references: ::Marker, ::Names
    }

    @Deprecated void old() {} // decorates: ::Marked.old
}
