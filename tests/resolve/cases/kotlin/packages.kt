// path: app/Main.kt
package com.acme.app

import com.acme.model.Account // imports: model/Account.kt::Account
import com.acme.util.*
import com.acme.util.Logger as Log // imports: util/Logger.kt::Logger

class Service(private val account: Account) : Base(), Closeable { // inherits: app/Base.kt::Base
    private val log = Log("service") // calls: util/Logger.kt::Logger

    fun run(times: Int) {
        prepare(times) // calls: app/Base.kt::Base.prepare
        account.deposit(times) // calls: model/Account.kt::Account.deposit
        log.write("x") // calls: util/Logger.kt::Logger.write
        this.finish() // calls: ::Service.finish
        shout("x") // calls: util/Logger.kt::shout
        val other = Account.open("bob") // calls: model/Account.kt::Account.open
        "text".trim() // calls: nothing
    }

    fun finish() {}
}

// path: app/Base.kt
package com.acme.app

/** Shared by services. */
open class Base {
    fun prepare(n: Int) {}
}

// path: model/Account.kt
package com.acme.model

data class Account(val owner: String) {
    fun deposit(amount: Int): Account { return this }

    companion object {
        fun open(owner: String): Account { return Account(owner) } // calls: ::Account
    }
}

// path: util/Logger.kt
package com.acme.util

class Logger(val name: String) {
    fun write(text: String) {}
}

fun shout(text: String) {}
