package com.acme.app
import com.acme.Base
import com.acme.util.*
import a.b.C as D
/** Doc */
@Anno
open class Foo<T>(val a: Int, b: String = "x") : Base(a), IFoo {
  val name: String = "n"
  private var q = 1
  constructor(x: Int) : this(x, "")
  init { go() }
  override suspend fun run(a: Int, vararg b: String): Int { helper(a); this.q.plus(1); super.run(1); Foo(1); a?.foo(2) ; list.map { it.x() }; return 1 }
  companion object {
    const val K = 1
    fun make() = Foo(1)
  }
  inner class In { }
}
interface IFoo {
  fun go()
}
object Single : Base2() {
  fun x() {}
}
enum class E(val i: Int) {
  A(1), B(2);
  fun f() {}
}
data class P(val x: Int)
fun String.ext(n: Int) = this.length
fun top() {}
const val TOP = 1
typealias Al = Foo<Int>
sealed interface Z
val lazyV by lazy { 1 }
