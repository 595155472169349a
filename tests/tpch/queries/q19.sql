-- TPC-H query 19. Discounted revenue: QUANTITY1 9, QUANTITY2 10, QUANTITY3 21, BRAND1 Brand#15, BRAND2 Brand#41, BRAND3 Brand#32.
-- With the validation's parameters two of the three alternatives would find nothing in data this small.
SELECT sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM lineitem, part
WHERE (
        p_partkey = l_partkey
    AND p_brand = 'Brand#15'
    AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
    AND l_quantity >= 9 AND l_quantity <= 9 + 10
    AND p_size BETWEEN 1 AND 5
    AND l_shipmode IN ('AIR', 'AIR REG')
    AND l_shipinstruct = 'DELIVER IN PERSON'
) OR (
        p_partkey = l_partkey
    AND p_brand = 'Brand#41'
    AND p_container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK')
    AND l_quantity >= 10 AND l_quantity <= 10 + 10
    AND p_size BETWEEN 1 AND 10
    AND l_shipmode IN ('AIR', 'AIR REG')
    AND l_shipinstruct = 'DELIVER IN PERSON'
) OR (
        p_partkey = l_partkey
    AND p_brand = 'Brand#32'
    AND p_container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG')
    AND l_quantity >= 21 AND l_quantity <= 21 + 10
    AND p_size BETWEEN 1 AND 15
    AND l_shipmode IN ('AIR', 'AIR REG')
    AND l_shipinstruct = 'DELIVER IN PERSON'
)
