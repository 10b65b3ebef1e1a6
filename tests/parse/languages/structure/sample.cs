using System;
using static System.Math;
using Al = My.Ns.Type;
namespace My.Ns {
  /// <summary>Doc</summary>
  [Serializable]
  public partial class Foo<T> : Base, IFoo {
    public const int K = 1;
    private readonly string _name = "a", other;
    public string Name { get; set; }
    public event EventHandler Ev;
    public Foo(int a) : base(a) { }
    public static async Task<int> Run(int a, string b = "x", params int[] c) { await this.Go(1); Helper.Do(a); new Foo<int>(2); Local(); base.Run(); a?.Foo(); int Local() => 1; return 2; }
    int this[int i] => 1;
    public static Foo operator +(Foo a, Foo b) => a;
  }
  interface IFoo : IBase { void Go(int x); }
  struct S { int a; }
  enum E { A, B = 2 }
  record R(int A, string B) : Base2(A);
  delegate void D(int a);
}
