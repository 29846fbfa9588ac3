// SPDX-License-Identifier: Apache-2.0

// Package fixturetest keeps objects in the states that the operator brings them into, so that
// what tells their health can be tested on them: Argo CD's script, and kstatus.
package fixturetest
