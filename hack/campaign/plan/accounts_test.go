// SPDX-License-Identifier: Apache-2.0

package plan

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/labels"
)

var _ = Describe("The shards", func() {
	It("have each object be one's at the most", func() {
		watchers := func(to Shard) (found []Shard) {
			for _, watching := range []Shard{ShardMain, ShardOther} {
				selector, err := labels.Parse(watching.Selector())
				Expect(err).NotTo(HaveOccurred())
				if selector.Matches(labels.Set{ShardLabel: string(to)}) {
					found = append(found, watching)
				}
			}
			return found
		}
		Expect(watchers(ShardMain)).To(ConsistOf(ShardMain))
		Expect(watchers(ShardOther)).To(ConsistOf(ShardOther))
		Expect(watchers(ShardNone)).To(BeEmpty())
		selector, err := labels.Parse(ShardMain.Selector())
		Expect(err).NotTo(HaveOccurred())
		Expect(selector.Matches(labels.Set{"class": "edited"})).To(BeTrue())
	})
})
