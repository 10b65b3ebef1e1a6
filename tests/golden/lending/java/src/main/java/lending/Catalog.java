package lending;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All books that the library owns, and how they are found. */
public class Catalog {
    private final List<Book> books = new ArrayList<>();

    public record Book(String isbn, String title, String author) {}

    public void register(Book book) {
        books.add(book);
    }

    /** Books whose title or author holds the words, ignoring case. */
    public List<Book> lookup(String words) {
        String wanted = words.toLowerCase(Locale.ROOT);
        return books.stream()
                .filter(book -> (book.title() + " " + book.author()).toLowerCase(Locale.ROOT).contains(wanted))
                .toList();
    }
}
