// path: App/Program.cs
using System;
using App.Models;
using Log = App.Tools.Logger;

namespace App {
    public class Program : Base { // inherits: App/Base.cs::Base
        private readonly Store _store = new Store(1); // calls: App/Models/Store.cs::Store.Store

        public static void Main(string[] args) {
            var store = new Store(2); // calls: App/Models/Store.cs::Store.Store
            store.Save("x"); // calls: App/Models/Store.cs::Store.Save [inferred]
            Log.Write("done"); // calls: App/Tools/Logger.cs::Logger.Write
            Console.WriteLine("x"); // calls: nothing
            Run(); // calls: ::Program.Run
        }

        static void Run() {
            Setup(1); // calls: App/Base.cs::Base.Setup
        }

        public override void Close() { // overrides: App/Base.cs::Base.Close
            base.Close(); // calls: App/Base.cs::Base.Close
            _store.Save("bye"); // calls: App/Models/Store.cs::Store.Save
        }
    }
}

// path: App/Base.cs
namespace App;
/// <summary>What all programs share.</summary>
public abstract class Base {
    protected static void Setup(int level) { }
    public virtual void Close() { }
}

// path: App/Models/Store.cs
namespace App.Models {
    public interface IStore { void Save(string text); }
    public partial class Store : IStore { // implements: ::IStore
        public Store(int size) { }
        public void Save(string text) { // implements: ::IStore.Save
            Check(text); // calls: App/Models/Store.Check.cs::Store.Check
        }
    }
}

// path: App/Models/Store.Check.cs
namespace App.Models {
    public partial class Store {
        private bool Check(string text) => true;
    }
}

// path: App/Tools/Logger.cs
namespace App.Tools {
    public static class Logger {
        public static void Write(string text) { }
        public static void Write(string text, int level) { }
    }
}
