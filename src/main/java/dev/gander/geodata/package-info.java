/** geosite.dat and geoip.dat: finding the files and reading the tags that are in use. */
@NullMarked
package dev.gander.geodata;

import org.jspecify.annotations.NullMarked;
