// path: src/Models/User.php
<?php
namespace App\Models;

use App\Base\Model; // imports: src/Base/Model.php::Model
use App\Contracts\{Named, Saved as Stored}; // imports: src/Contracts/all.php::Named, src/Contracts/all.php::Saved
use function App\helper; // imports: src/helpers.php::helper

class User extends Model implements Named, Stored // inherits: src/Base/Model.php::Model, src/Contracts/all.php::Named, src/Contracts/all.php::Saved
{
    private Profile $profile;

    public function __construct(private int $id, Profile $profile)
    {
        parent::__construct($id); // calls: src/Base/Model.php::Model.__construct
        $this->profile = $profile;
    }

    public static function make(int $id): static
    {
        helper($id); // calls: src/helpers.php::helper
        self::boot(); // calls: src/Base/Model.php::Model.boot
        return new static($id); // calls: ::User.__construct
    }

    public function name(): string
    {
        $this->touch(); // calls: src/Base/Model.php::Model.touch
        $this->profile->show(1); // calls: src/Models/Profile.php::Profile.show
        strlen("x"); // calls: nothing
        return \App\helper(2); // calls: src/helpers.php::helper
    }
}

// path: src/Models/Profile.php
<?php
namespace App\Models;

class Profile
{
    public function show(int $n) {}
}

// path: src/Base/Model.php
<?php
namespace App\Base;

abstract class Model
{
    public function __construct($id) {}
    protected static function boot() {}
    protected function touch() {}
}

// path: src/Contracts/all.php
<?php
namespace App\Contracts;

interface Named { public function name(): string; }
interface Saved {}

// path: src/helpers.php
<?php
namespace App;
require_once __DIR__ . '/boot.php'; // imports: src/boot.php

function helper($x) { return $x; }

// path: src/boot.php
<?php
define('BOOTED', true);
