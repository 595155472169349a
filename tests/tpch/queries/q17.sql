-- TPC-H query 17. Small-quantity-order revenue: BRAND Brand#44, CONTAINER WRAP CAN.
-- No line of the validation's Brand#23 and MED BOX is in data this small: the sum would be NULL.
SELECT sum(l_extendedprice) / 7.0 AS avg_yearly
FROM lineitem, part
WHERE p_partkey = l_partkey
  AND p_brand = 'Brand#44'
  AND p_container = 'WRAP CAN'
  AND l_quantity < (
      SELECT 0.2 * avg(l_quantity)
      FROM lineitem
      WHERE l_partkey = p_partkey
  )
