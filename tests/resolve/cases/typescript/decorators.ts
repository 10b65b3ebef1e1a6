function Injectable(): ClassDecorator { return () => {} }
function log(target: unknown, name: string) {}
@Injectable() // calls: ::Injectable
class Service { // decorates: nothing
  @log
  run() {}
}
class Controller {
  constructor(private service: Service) {}
  go() { this.service.run() } // calls: ::Service.run
}
