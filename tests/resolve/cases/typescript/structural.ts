class Disk { read() {} }
type Files = { open: (name: string) => Disk; root: Disk; list(): Disk[] }
const disk: Files = {
  root: new Disk(), // calls: ::Disk
  open(name) { return this.root },
  list: () => [],
}
disk.open('x').read() // calls: ::Disk.read; references: ::Files.open
