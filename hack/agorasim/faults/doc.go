// SPDX-License-Identifier: Apache-2.0

// Package faults has what can go wrong with calls of Agora's API and with its
// notifications: what is asked for, and which of it strikes.
package faults
