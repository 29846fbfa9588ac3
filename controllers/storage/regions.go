// SPDX-License-Identifier: Apache-2.0

package storage

// Geography is a part of the world in which Agora keeps a recording. Its values are those
// of spec.start.region.
type Geography string

const (
	// MainlandChina is China without Hong Kong, Macao and Taiwan.
	MainlandChina Geography = "CN"

	// Asia is Asia without mainland China.
	Asia Geography = "AP"

	// Europe is Europe.
	Europe Geography = "EU"

	// NorthAmerica is North America.
	NorthAmerica Geography = "NA"

	// Elsewhere is any other place. A bucket there is compatible with every region.
	Elsewhere Geography = ""
)

// Region is a region of a storage service.
type Region struct {
	// Name is the service's own name of the region. It is empty for a number that Agora
	// does not use.
	Name string

	// Geography is where the region is.
	Geography Geography
}

// Vendor is a storage service that Agora writes to.
type Vendor struct {
	// Number is Agora's number for the service.
	Number int32

	// Name is the common name of the service.
	Name string
}

// Vendors returns the storage services in the order of Agora's numbers. The rules of
// spec.storage in the CRD are generated from them and from Regions.
func Vendors() []Vendor {
	return []Vendor{
		{amazon, "Amazon S3"},
		{alibaba, "Alibaba Cloud"},
		{tencent, "Tencent Cloud"},
		{azure, "Microsoft Azure"},
		{google, "Google Cloud"},
		{huawei, "Huawei Cloud"},
		{baidu, "Baidu AI Cloud"},
		{s3Compatible, "any other that speaks S3"},
	}
}

// Regions returns the regions of a storage service in the order of Agora's numbers,
// starting at 0. It is empty for a service for which Agora has no regions.
func Regions(vendor int32) []Region {
	switch vendor {
	case amazon:
		return []Region{
			{"us-east-1", NorthAmerica}, {"us-east-2", NorthAmerica}, {"us-west-1", NorthAmerica}, {"us-west-2", NorthAmerica}, {"eu-west-1", Europe},
			{"eu-west-2", Europe}, {"eu-west-3", Europe}, {"eu-central-1", Europe}, {"ap-southeast-1", Asia}, {"ap-southeast-2", Elsewhere},
			{"ap-northeast-1", Asia}, {"ap-northeast-2", Asia}, {"sa-east-1", Elsewhere}, {"ca-central-1", NorthAmerica}, {"ap-south-1", Asia},
			{"cn-north-1", MainlandChina}, {"cn-northwest-1", MainlandChina}, {"us-gov-west-1", Elsewhere}, {"af-south-1", Elsewhere}, {"ap-east-1", Asia},
			{"ap-northeast-3", Asia}, {"eu-north-1", Europe}, {"me-south-1", Elsewhere}, {"us-gov-east-1", Elsewhere}, {"ap-southeast-3", Asia},
			{"eu-south-1", Europe}, {}, {}, {"il-central-1", Elsewhere},
		}
	case alibaba:
		// Agora calls 18 EU_East_1, which Alibaba does not have. Dubai is the only region
		// of that time that has no other number. Some of Agora's pages say CN for 26 and
		// 27, but Alibaba has no such regions in China.
		return []Region{
			{"cn-hangzhou", MainlandChina}, {"cn-shanghai", MainlandChina}, {"cn-qingdao", MainlandChina}, {"cn-beijing", MainlandChina}, {"cn-zhangjiakou", MainlandChina},
			{"cn-huhehaote", MainlandChina}, {"cn-shenzhen", MainlandChina}, {"cn-hongkong", Asia}, {"us-west-1", NorthAmerica}, {"us-east-1", NorthAmerica},
			{"ap-southeast-1", Asia}, {"ap-southeast-2", Elsewhere}, {"ap-southeast-3", Asia}, {"ap-southeast-5", Asia}, {"ap-northeast-1", Asia},
			{"ap-south-1", Asia}, {"eu-central-1", Europe}, {"eu-west-1", Europe}, {"me-east-1", Elsewhere}, {"ap-southeast-6", Asia},
			{"cn-heyuan", MainlandChina}, {"cn-guangzhou", MainlandChina}, {"cn-chengdu", MainlandChina}, {"cn-nanjing", MainlandChina}, {"cn-fuzhou", MainlandChina},
			{"cn-wulanchabu", MainlandChina}, {"ap-northeast-2", Asia}, {"ap-southeast-7", Asia},
		}
	case tencent:
		return []Region{
			{"ap-beijing-1", MainlandChina}, {"ap-beijing", MainlandChina}, {"ap-shanghai", MainlandChina}, {"ap-guangzhou", MainlandChina}, {"ap-chengdu", MainlandChina},
			{"ap-chongqing", MainlandChina}, {"ap-shenzhen-fsi", MainlandChina}, {"ap-shanghai-fsi", MainlandChina}, {"ap-beijing-fsi", MainlandChina}, {"ap-hongkong", Asia},
			{"ap-singapore", Asia}, {"ap-mumbai", Asia}, {"ap-seoul", Asia}, {"ap-bangkok", Asia}, {"ap-tokyo", Asia},
			{"na-siliconvalley", NorthAmerica}, {"na-ashburn", NorthAmerica}, {"na-toronto", NorthAmerica}, {"eu-frankfurt", Europe}, {"eu-moscow", Elsewhere},
		}
	case huawei:
		return []Region{
			{"cn-north-1", MainlandChina}, {"cn-north-4", MainlandChina}, {"cn-east-2", MainlandChina}, {"cn-east-3", MainlandChina}, {"cn-south-1", MainlandChina},
			{"cn-southwest-2", MainlandChina}, {"ap-southeast-1", Asia}, {"ap-southeast-2", Asia}, {"ap-southeast-3", Asia}, {"af-south-1", Elsewhere},
			{"sa-argentina-1", Elsewhere}, {"sa-peru-1", Elsewhere}, {"na-mexico-1", Elsewhere}, {"sa-brazil-1", Elsewhere}, {"la-south-2", Elsewhere},
			{"sa-chile-1", Elsewhere},
		}
	case baidu:
		return []Region{
			{"bj", MainlandChina}, {"bd", MainlandChina}, {"su", MainlandChina}, {"gz", MainlandChina}, {"hkg", Asia},
			{"sin", Asia}, {"fwh", MainlandChina}, {"fsh", MainlandChina},
		}
	}
	return nil
}
