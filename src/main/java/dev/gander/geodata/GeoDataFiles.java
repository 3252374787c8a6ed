package dev.gander.geodata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds geodata files by name and keeps the indexes of those opened. May be used by one thread at a
 * time.
 */
public final class GeoDataFiles {

  /** The file that {@code geosite:TAG} reads. */
  public static final String GEOSITE = "geosite.dat";

  /** The file that {@code geoip:TAG} reads. */
  public static final String GEOIP = "geoip.dat";

  private static final List<String> VARIABLES =
      List.of("GANDER_LOCATION_ASSET", "DAE_LOCATION_ASSET");
  private static final List<String> SHARES = List.of("gander", "dae", "v2ray", "xray");

  private final List<Path> folders;
  private final Map<Path, GeoSiteFile> sites = new HashMap<>();
  private final Map<Path, GeoIpFile> ips = new HashMap<>();

  /**
   * Searches these folders.
   *
   * @param folders in the order of search
   */
  public GeoDataFiles(List<Path> folders) {
    this.folders = List.copyOf(folders);
  }

  /**
   * Searches beside the configuration, in the folders (separated by colons) of {@code
   * $GANDER_LOCATION_ASSET} and {@code $DAE_LOCATION_ASSET}, then in the share folders of gander,
   * dae, v2ray and xray below /usr/local and /usr.
   */
  public static GeoDataFiles of(Path configurationFolder, Map<String, String> environment) {
    List<Path> folders = new ArrayList<>();
    folders.add(configurationFolder);
    for (String variable : VARIABLES) {
      for (String folder : environment.getOrDefault(variable, "").split(":", -1)) {
        if (!folder.isEmpty()) {
          folders.add(Path.of(folder));
        }
      }
    }
    for (String share : SHARES) {
      folders.add(Path.of("/usr/local/share", share));
      folders.add(Path.of("/usr/share", share));
    }
    return new GeoDataFiles(folders);
  }

  /** The folders searched, in order. */
  public List<Path> folders() {
    return folders;
  }

  /** The first file of that name; a name with a path in it is looked for below each folder. */
  public Optional<Path> find(String name) {
    return folders.stream()
        .map(folder -> folder.resolve(name))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /**
   * Opens a domain list file, once.
   *
   * @return empty if there is no such file
   * @throws GeoDataException if the file is cut short or damaged
   */
  public Optional<GeoSiteFile> site(String name) throws IOException {
    Optional<Path> path = find(name);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    GeoSiteFile file = sites.get(path.get());
    if (file == null) {
      file = GeoSiteFile.open(path.get());
      sites.put(path.get(), file);
    }
    return Optional.of(file);
  }

  /**
   * Opens an address list file, once.
   *
   * @return empty if there is no such file
   * @throws GeoDataException if the file is cut short or damaged
   */
  public Optional<GeoIpFile> ip(String name) throws IOException {
    Optional<Path> path = find(name);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    GeoIpFile file = ips.get(path.get());
    if (file == null) {
      file = GeoIpFile.open(path.get());
      ips.put(path.get(), file);
    }
    return Optional.of(file);
  }
}
