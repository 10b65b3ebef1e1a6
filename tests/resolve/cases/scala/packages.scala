// path: app/Service.scala
package com.acme.app

import com.acme.model.{Account, Ledger => Book} // imports: model/Account.scala::Account, model/Account.scala::Ledger
import com.acme.util._

class Service(account: Account) extends Base(1) with Closing { // inherits: app/Base.scala::Base, app/Base.scala::Closing
  def run(times: Int): Unit = {
    prepare(times) // calls: app/Base.scala::Base.prepare
    account.deposit(times) // calls: model/Account.scala::Account.deposit
    this.finish(1) // calls: ::Service.finish
    Tools.shout("x") // calls: util/Tools.scala::Tools.shout
    val book = new Book("b") // calls: model/Account.scala::Ledger
    Account.open("bob") // calls: model/Account.scala::Account.open
    "text".trim() // calls: nothing
  }
  def finish(n: Int): Unit = {}
}

// path: app/Base.scala
package com.acme.app

abstract class Base(n: Int) {
  def prepare(n: Int): Unit = {}
}
trait Closing { def close(): Unit }

// path: model/Account.scala
package com.acme.model

class Account(val owner: String) {
  def deposit(amount: Int): Account = this
}
object Account {
  def open(owner: String): Account = new Account(owner) // calls: ::Account
}
class Ledger(val name: String)

// path: util/Tools.scala
package com.acme.util

object Tools {
  def shout(text: String): Unit = {}
}
