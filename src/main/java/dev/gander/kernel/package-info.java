/** The only room that calls foreign functions: libbpf, bpf(2), netlink, namespaces, sockets. */
@NullMarked
package dev.gander.kernel;

import org.jspecify.annotations.NullMarked;
