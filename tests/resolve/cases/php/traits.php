// path: src/a.php
<?php
namespace App;

trait Loud
{
    public function shout(string $text) { return $text; }
}

final class Horn
{
    use Loud;

    public function blow(): self
    {
        $this->shout("x"); // calls: ::Loud.shout
        $copy = new Horn(); // calls: ::Horn
        $copy->blow(); // calls: ::Horn.blow
        $copy->blow()->shout("y"); // calls: ::Horn.blow, ::Loud.shout
        return $this;
    }

    public function guess($unknown)
    {
        $unknown->shout("y"); // calls: ::Loud.shout [candidate]
        $unknown->shout("y", 1); // calls: nothing
        \strlen("x"); // calls: nothing
    }
}

// path: web/index.php
<?php
use App\Horn; // imports: src/a.php::Horn

$horn = new Horn(); // calls: src/a.php::Horn
$horn->blow(); // calls: src/a.php::Horn.blow
