<?php
namespace App\Models;
use App\Base\Model;
use App\{Foo, Bar as B};
use function App\helper;
require_once __DIR__ . '/x.php';
include "y.php";
/** Doc */
#[Attr]
abstract class User extends Model implements A, B {
  use Trait1, Trait2;
  const MAX = 1;
  public static $count = 0;
  private ?string $name;
  public function __construct(private int $id, string ...$rest) { parent::__construct($id); }
  public static function make(int $a, $b = 2): static { self::go(1); static::x(); $this->run($a); new Foo(1); helper(2); Foo::bar(3); $f(1); \App\z(); return new static; }
  abstract protected function run($a);
}
interface I extends J { public function m(); }
trait T { function t() {} }
enum Suit: string { case Hearts = 'H'; const X = 1; }
function top($a, &$b) { $x?->y(1); }
const TOP = 1;
define('OLD', 2);
