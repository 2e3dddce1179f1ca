/**
 * The lifecycle of servables: a {@link dev.sluice.core.Source} aspires to versions, a manager loads
 * and unloads them, requests borrow them through handles. Nothing of machine learning, nothing of
 * networks.
 */
@NullMarked
package dev.sluice.core;

import org.jspecify.annotations.NullMarked;
