import Foundation
import class UIKit.UIView
/// Doc
@objc public class Foo<T>: Base, Proto {
  public let a: Int = 1
  private var b: String { return "x" }
  static let shared = Foo()
  init(x: Int, _ y: String = "a") { super.init(x) }
  deinit {}
  override func run(at a: Int, with b: String...) async throws -> Int { helper(a); self.go(x: 1); Foo<Int>(x: 1, ""); foo.bar(1) { $0 }; return 1 }
  class func make() -> Foo { return Foo() }
  subscript(i: Int) -> Int { return 1 }
}
protocol Proto: Other { func go(x: Int); var p: Int { get } }
struct S: Codable { var q: Int }
enum E: Int { case a, b(Int); func f() {} }
extension Foo: Extra where T: X { func more() {} }
func top(_ n: Int) {}
typealias Al = Foo<Int>
let topLet = 3
actor Act { func z() {} }
