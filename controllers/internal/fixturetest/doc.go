// SPDX-License-Identifier: Apache-2.0

// Package fixturetest keeps objects in the states that the operator brings them into. Argo
// CD's script and kstatus, which determine an object's health, can be tested on them.
package fixturetest
