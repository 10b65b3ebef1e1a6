// path: a/Text.kt
package a

class Text(val raw: String) {
    fun shout(): Text { return Text(raw.uppercase()) } // calls: ::Text
    fun trimmed(n: Int): Text { return this }
}

fun String.loud(): String { return this }

fun use(s: String, t: Text, f: () -> Text) {
    s.loud() // calls: ::String.loud
    s.trimmed(1) // calls: nothing
    "x".shout() // calls: nothing
    t.shout().trimmed(1) // calls: ::Text.shout, ::Text.trimmed
    println("x") // calls: external:println
    listOf(1) // calls: external:listOf
}

fun unknown(f: () -> Text, g: Any) {
    f().trimmed(1) // calls: ::Text.trimmed [candidate]
    f().trimmed() // calls: nothing
}
