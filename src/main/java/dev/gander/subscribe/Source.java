package dev.gander.subscribe;

import dev.gander.config.Settings.Subscription;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;

/** Where a subscription comes from. */
sealed interface Source {

  /** A file; a relative path counts from the configuration's directory. */
  record File(Path path) implements Source {}

  /** A web server, by http or https. */
  record Web(URI url) implements Source {}

  static Source of(Subscription subscription) throws IOException {
    String url = subscription.url();
    int end = url.indexOf("://");
    String scheme = url.substring(0, end).toLowerCase(Locale.ROOT);
    if (scheme.equals("file")) {
      return new File(Path.of(url.substring(end + 3)));
    }
    return new Web(web(scheme.replace("-file", "") + url.substring(end)));
  }

  /**
   * A URL of a web server.
   *
   * @throws IOException if it is none; the message does not show it
   */
  static URI web(String text) throws IOException {
    try {
      // What URI refuses and people write all the same.
      URI url = new URI(text.replace(" ", "%20").replace("|", "%7C").replaceFirst("#.*$", ""));
      String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https")) && url.getHost() != null) {
        return url;
      }
    } catch (URISyntaxException e) {
      // Its message quotes the URL.
    }
    throw new IOException("the URL is none of http or https");
  }

  /** What a Location header says, RFC 9110 section 10.2.2. */
  static URI relative(String location) throws IOException {
    try {
      return new URI(location.strip().replace(" ", "%20").replace("|", "%7C"));
    } catch (URISyntaxException e) {
      throw new IOException("it redirects to what is no URL");
    }
  }

  /** Whether what comes is kept on disk: {@code http-file}, {@code https-file}, with a tag. */
  static boolean isKept(Subscription subscription) {
    String url = subscription.url().toLowerCase(Locale.ROOT);
    return !subscription.tag().isEmpty()
        && (url.startsWith("http-file://") || url.startsWith("https-file://"));
  }

  /** Scheme and host: what follows is a secret as often as not. */
  static String shown(String url) {
    int end = url.indexOf("://");
    if (url.regionMatches(true, 0, "file://", 0, 7)) {
      return url;
    }
    String rest = url.substring(end + 3).replaceFirst("[/?#].*$", "");
    return url.substring(0, end + 3) + rest.substring(rest.lastIndexOf('@') + 1);
  }
}
