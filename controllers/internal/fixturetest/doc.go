// SPDX-License-Identifier: Apache-2.0

// Package fixturetest keeps objects in the states that the operator brings them into.
// Whatever determines their health can be tested on them: Argo CD's script, and kstatus.
package fixturetest
