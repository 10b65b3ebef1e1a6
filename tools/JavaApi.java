// Writes src/loomgraph/resolve/languages/java_api.txt: the public API of the JDK that runs it, by reflection.
//   java tools/JavaApi.java > src/loomgraph/resolve/languages/java_api.txt
// The file's own head says what a line holds; java_api.py reads it.

import java.lang.reflect.*;
import java.net.URI;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;
import java.util.stream.*;

public class JavaApi {
  static final Set<String> PACKAGES = Set.of(
      "java.lang", "java.lang.annotation", "java.lang.reflect", "java.lang.ref", "java.util", "java.util.function",
      "java.util.stream", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks",
      "java.util.regex", "java.util.logging", "java.util.zip", "java.io", "java.nio", "java.nio.file",
      "java.nio.charset", "java.math", "java.net", "java.text", "java.time", "java.time.format", "java.time.temporal",
      "java.security", "java.sql");
  static final String HEAD = """
      # The public API of JDK %d, as reflection tells it. One type a line: kind (C class, A abstract class, I interface, E enum), full name with
      # type parameters, ':', supertypes, members: name<type parameters>(parameters)result, ! abstract, $ static, name=type for a field.
      # Types stand under their simple name where one type has it, or comes first: java.lang, java.util, then the others, outer before nested.
      # Members that an ancestor has with the same signature are left out.
      """;
  static final Pattern DOTTED = Pattern.compile("[a-z]\\w*(?:\\.\\w+)+");
  static final Map<String, Class<?>> TYPES = new TreeMap<>();
  static final Map<String, String> SHORT = new HashMap<>();

  public static void main(String[] args) throws Exception {
    collect();
    Map<String, List<String>> bySimple = TYPES.keySet().stream()
        .collect(Collectors.groupingBy(name -> name.substring(name.lastIndexOf('.') + 1)));
    bySimple.forEach((simple, names) -> SHORT.put(Collections.min(names, JavaApi::compare), simple));
    System.out.printf(HEAD, Runtime.version().feature());
    TYPES.forEach((name, type) -> System.out.println(line(name, type)));
  }

  static void collect() throws Exception {
    try (Stream<Path> files = Files.walk(FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules"))) {
      for (Path file : (Iterable<Path>) files.filter(f -> f.toString().endsWith(".class"))::iterator) {
        String name = file.subpath(2, file.getNameCount()).toString().replace(".class", "").replace('/', '.');
        int dot = name.lastIndexOf('.');
        if (dot < 0 || !PACKAGES.contains(name.substring(0, dot))) continue;
        Class<?> type;
        try {
          type = Class.forName(name, false, ClassLoader.getPlatformClassLoader());
        } catch (ClassNotFoundException absent) {
          continue; // of a module that is not loaded
        }
        if (type.getCanonicalName() != null && isPublic(type)) TYPES.put(type.getCanonicalName(), type);
      }
    }
  }

  static int compare(String a, String b) {
    return Comparator.comparingInt(JavaApi::rank).thenComparingLong(n -> n.chars().filter(c -> c == '.').count())
        .thenComparing(Comparator.naturalOrder()).compare(a, b);
  }

  static int rank(String name) {
    if (name.matches("java\\.lang\\.\\w+")) return 0;
    return name.matches("java\\.util\\.\\w+") ? 1 : 2;
  }

  static String line(String name, Class<?> type) {
    String kind = type.isInterface() ? "I" : type.isEnum() ? "E" : Modifier.isAbstract(type.getModifiers()) ? "A" : "C";
    Set<Class<?>> above = new LinkedHashSet<>();
    ancestors(type, above);
    if (type != Object.class) above.add(Object.class);
    Set<String> inherited = new HashSet<>();
    for (Class<?> other : above)
      for (String member : members(other)) if (!member.startsWith("$")) inherited.add(plain(member));
    Set<String> ofObject = members(Object.class).stream().map(JavaApi::plain).collect(Collectors.toSet());
    List<String> words = new ArrayList<>(List.of(kind, name + shortened(typeParams(type.getTypeParameters())), ":"));
    List<String> supers = new ArrayList<>();
    supers(type, supers);
    supers.forEach(s -> words.add(shortened(s)));
    for (String member : members(type)) {
      boolean known = inherited.contains(plain(member)) && !member.startsWith("$");
      if (!known || kind.equals("I") && !ofObject.contains(plain(member))) words.add(shortened(member));
    }
    return String.join(" ", words);
  }

  static Set<String> members(Class<?> type) {
    Set<String> found = new TreeSet<>(), keys = new HashSet<>();
    List<Method> methods = new ArrayList<>(List.of(type.getDeclaredMethods()));
    for (Class<?> up = type.getSuperclass(); up != null && !isPublic(up); up = up.getSuperclass())
      methods.addAll(List.of(up.getDeclaredMethods()));
    for (Method method : methods) {
      int mods = method.getModifiers();
      if (!isOpen(mods) || method.isSynthetic()) continue;
      if (!keys.add(method.getName() + Arrays.toString(method.getParameterTypes()))) continue;
      String params = Arrays.stream(method.getGenericParameterTypes()).map(JavaApi::text).collect(Collectors.joining(","));
      if (method.isVarArgs()) params = params.substring(0, params.length() - 2) + "...";
      found.add((Modifier.isAbstract(mods) ? "!" : Modifier.isStatic(mods) ? "$" : "") + method.getName()
          + typeParams(method.getTypeParameters()) + "(" + params + ")" + text(method.getGenericReturnType()));
    }
    for (Field field : type.getDeclaredFields())
      if (isOpen(field.getModifiers()) && !field.isSynthetic() && !field.isEnumConstant())
        found.add(field.getName() + "=" + text(field.getGenericType()));
    return found;
  }

  static void supers(Class<?> type, List<String> found) {
    Class<?> up = type.getSuperclass();
    if (up != null && isPublic(up)) found.add(text(type.getGenericSuperclass()));
    else if (up != null) supers(up, found);
    for (Type above : type.getGenericInterfaces()) if (!found.contains(text(above))) found.add(text(above));
  }

  static void ancestors(Class<?> type, Set<Class<?>> found) {
    List<Class<?>> direct = new ArrayList<>(List.of(type.getInterfaces()));
    if (type.getSuperclass() != null) direct.add(0, type.getSuperclass());
    for (Class<?> above : direct) {
      if (TYPES.containsValue(above)) found.add(above);
      ancestors(above, found);
    }
  }

  static String text(Type type) {
    if (type instanceof Class<?> c) return c.isArray() ? text(c.getComponentType()) + "[]" : c.getCanonicalName();
    if (type instanceof GenericArrayType array) return text(array.getGenericComponentType()) + "[]";
    if (type instanceof WildcardType wild)
      return text(wild.getLowerBounds().length > 0 ? wild.getLowerBounds()[0] : wild.getUpperBounds()[0]);
    if (type instanceof ParameterizedType generic)
      return text(generic.getRawType()) + Arrays.stream(generic.getActualTypeArguments()).map(JavaApi::text)
          .collect(Collectors.joining(",", "<", ">"));
    return ((TypeVariable<?>) type).getName();
  }

  static String typeParams(TypeVariable<?>[] params) {
    if (params.length == 0) return "";
    return Arrays.stream(params)
        .map(p -> p.getName() + (p.getBounds()[0] == Object.class ? "" : ":" + text(p.getBounds()[0])))
        .collect(Collectors.joining(",", "<", ">"));
  }

  static String shortened(String text) {
    return DOTTED.matcher(text).replaceAll(match -> SHORT.getOrDefault(match.group(), match.group()));
  }

  static String plain(String member) {
    return member.startsWith("!") || member.startsWith("$") ? member.substring(1) : member;
  }

  static boolean isOpen(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  static boolean isPublic(Class<?> type) {
    for (; type != null; type = type.getDeclaringClass()) if (!Modifier.isPublic(type.getModifiers())) return false;
    return true;
  }
}
