// SPDX-License-Identifier: Apache-2.0

// Package notify sends notifications as Agora's notification service does: signed, in
// order, repeated where they are not answered 200, and with the faults that are asked for.
package notify
