package com.acme
package inner
import com.acme.util.{Foo, Bar => B, _}
import a.b.C
import x.y.*
/** Doc */
@Anno
abstract class Foo[T](val a: Int, b: String = "x") extends Base(a) with IFoo with Z[T] {
  val name: String = "n"
  private var q = 1
  def this(x: Int) = this(x, "")
  override def run(a: Int, b: String*)(implicit c: C): Int = { helper(a); this.go(1); super.run(1); new Foo[Int](1); Foo(2); x.y.z(3); list map f; 1 }
  def abs: Int
  type Out = Int
}
trait IFoo { def go(): Unit }
object Foo { def apply(x: Int) = new Foo(x); case object In }
case class P(x: Int, y: Int = 2)
enum Color { case Red, Green; case Blue(x: Int) }
def top(n: Int) = 1
given ord: Ord[Int] = ???
extension (s: String) def ext(n: Int): Int = s.length
