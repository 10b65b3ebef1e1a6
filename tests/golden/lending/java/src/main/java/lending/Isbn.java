package lending;

/** Checks the numbers of books. */
final class Isbn {
    private Isbn() {}

    /** 校验 ISBN-13 的校验位：各位数字交替乘以 1 和 3。 */
    static boolean valid(String isbn) {
        int sum = 0;
        for (int at = 0; at < isbn.length(); at++) {
            sum += Character.digit(isbn.charAt(at), 10) * (at % 2 == 0 ? 1 : 3);
        }
        return isbn.length() == 13 && sum % 10 == 0;
    }
}
