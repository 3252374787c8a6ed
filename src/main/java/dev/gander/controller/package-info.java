/** Decides the query: rules, cache, flight, upstream, rules again. Owns no socket and no clock. */
@NullMarked
package dev.gander.controller;

import org.jspecify.annotations.NullMarked;
