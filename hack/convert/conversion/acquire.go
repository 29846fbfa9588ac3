// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"maps"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// convertAcquire sorts the members of the clientRequest of acquire.
func (c *conversion) convertAcquire(encoded []byte, start body) error {
	acquire, err := c.decode("acquire", encoded)
	if err != nil {
		return err
	}
	if acquire.cname != start.cname || acquire.uid != start.uid {
		return fmt.Errorf("the bodies of acquire and start have another cname or uid: give those of one recording")
	}
	for _, name := range slices.Sorted(maps.Keys(acquire.request)) {
		value := acquire.request[name]
		if isEmpty(value) {
			continue
		}
		if err := c.convertAcquireMember(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (c *conversion) convertAcquireMember(name string, value any) error {
	switch name {
	case "resourceExpiredHour", "region", "excludeResourceIds":
		c.start[name] = value
	case "scene":
		return c.checkScene(fmt.Sprint(value))
	case "startParameter":
		c.note("startParameter of acquire was left out: it repeats the clientRequest of start.")
	case "regionAffinity":
		if fmt.Sprint(value) != "0" {
			return fmt.Errorf("regionAffinity of acquire cannot be converted, since there is no field for it: take it out, or put region with CN, AP, EU or NA in its place, which keeps the recording within that region")
		}
	default:
		return fmt.Errorf("%s of acquire cannot be converted, since there is no field for it: take it out of the body if the recording can do without it", name)
	}
	return nil
}

// checkScene compares the scene, which the operator derives from the mode.
func (c *conversion) checkScene(scene string) error {
	wanted := "0"
	if c.mode == v1alpha1.WebMode {
		wanted = "1"
	}
	switch scene {
	case wanted:
		return nil
	case "2":
		return fmt.Errorf("the scene 2 of acquire, postponed transcoding, is one that the operator does not ask for: take it out, and transcode the files in the bucket")
	default:
		return fmt.Errorf("the scene of acquire does not fit mode %s, which has the scene %s: give bodies of one recording, and check --mode", c.mode, wanted)
	}
}
