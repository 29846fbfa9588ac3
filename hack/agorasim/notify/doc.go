// SPDX-License-Identifier: Apache-2.0

// Package notify sends notifications as Agora's notification service does: signed, in
// order, and repeated if the answer is not 200. It applies the injected faults.
package notify
