/** TLS: who the server is, whom we trust, what we show. The same for TCP and for QUIC. */
@NullMarked
package dev.gander.tls;

import org.jspecify.annotations.NullMarked;
