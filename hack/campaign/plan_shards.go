// SPDX-License-Identifier: Apache-2.0

package main

import "fmt"

// shard is a part of the recordings, by their labels, that some of the operators
// look after.
type shard string

const (
	// shardMain is what no label says to be another's.
	shardMain shard = ""
	// shardOther is another's.
	shardOther shard = "other"
	// shardNone is nobody's.
	shardNone shard = "none"

	shardLabel = "campaign.cloudrecording.dev/shard"
)

// replicas returns how many operators look after each shard.
func replicas() []shard {
	return []shard{shardMain, shardMain, shardOther}
}

// selector is the label selector of what the shard's operators watch.
func (h shard) selector() string {
	if h == shardMain {
		return fmt.Sprintf("%s notin (%s,%s)", shardLabel, shardOther, shardNone)
	}
	return fmt.Sprintf("%s=%s", shardLabel, h)
}
