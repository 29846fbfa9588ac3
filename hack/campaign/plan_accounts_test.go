// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/labels"
)

var _ = Describe("The shards", func() {
	It("have each object be one's at the most", func() {
		watchers := func(to shard) (found []shard) {
			for _, watching := range []shard{shardMain, shardOther} {
				selector, err := labels.Parse(watching.selector())
				Expect(err).NotTo(HaveOccurred())
				if selector.Matches(labels.Set{shardLabel: string(to)}) {
					found = append(found, watching)
				}
			}
			return found
		}
		Expect(watchers(shardMain)).To(ConsistOf(shardMain))
		Expect(watchers(shardOther)).To(ConsistOf(shardOther))
		Expect(watchers(shardNone)).To(BeEmpty())
		selector, err := labels.Parse(shardMain.selector())
		Expect(err).NotTo(HaveOccurred())
		Expect(selector.Matches(labels.Set{"class": "edited"})).To(BeTrue())
	})
})
